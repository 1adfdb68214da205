//go:build race

package listener

// raceEnabled: the race detector's shadow memory is not the connections'.
const raceEnabled = true
