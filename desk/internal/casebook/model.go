package casebook

import "hearsay/weigh/was"

// DefaultModel is what a desk weighs with unless it is told otherwise. Those
// who open a casebook have no other business with weigh.
var DefaultModel was.Model = was.DefaultOneCoin
