package casebook

import "hearsay/weigh"

// DefaultModel is what a desk weighs with unless it is told otherwise. Those
// who open a casebook have no other business with weigh.
var DefaultModel weigh.Model = weigh.Default{}
