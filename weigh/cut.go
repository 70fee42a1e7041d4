package weigh

// Cut is a source that is no longer to be believed from a day on.
type Cut struct {
	Source int32
	Day    int32
}
