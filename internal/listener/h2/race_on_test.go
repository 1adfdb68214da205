//go:build race

package h2

// raceEnabled: pools drop things at random then.
const raceEnabled = true
