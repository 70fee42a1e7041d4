//go:build !linux

package main

import "time"

var began = time.Now()

// threadTime is the time that has passed: no clock of a thread is at hand here,
// so what it measures must run on a machine that does nothing else.
func threadTime() time.Duration { return time.Since(began) }
