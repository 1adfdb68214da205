//go:build race

package edge

// raceEnabled: pools drop things at random then.
const raceEnabled = true
