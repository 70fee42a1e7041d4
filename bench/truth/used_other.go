//go:build !linux

package main

import (
	"math"
	"os"
	"time"
)

var began = time.Now()

// threadTime is the time that has passed: no clock of a thread is at hand here,
// so what it measures must run on a machine that does nothing else.
func threadTime() time.Duration { return time.Since(began) }

// mostMemory is not known here.
func mostMemory(*os.ProcessState) float64 { return math.NaN() }

// cpuTime is, as threadTime, the time that has passed.
func cpuTime() time.Duration { return threadTime() }
