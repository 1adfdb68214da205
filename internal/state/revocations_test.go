package state

import (
	"fmt"
	"testing"
)

func TestRevocationsSince(t *testing.T) {
	t.Parallel()
	c := NewConfig("c")
	change := func(revision int64, id string, r Record) {
		c.Apply(Batch{Revision: revision, Changes: []Change{{Kind: KindRevocation, ID: id, Revision: revision, Record: r}}})
	}
	for i := range int64(3 * keptChanges) {
		change(i+1, fmt.Sprint("R", i), &Revocation{})
	}
	change(3*keptChanges+1, "R0", nil)
	if len(c.Revocations) != 3*keptChanges-1 {
		t.Errorf("%d revocations", len(c.Revocations))
	}
	for revision, want := range map[int64]int{3*keptChanges + 1: 0, 3 * keptChanges: 1, 2 * keptChanges: keptChanges + 1, 9 * keptChanges: 0} {
		if changes, known := c.RevocationsSince(revision); !known || len(changes) != want {
			t.Errorf("since %d: %d changes (%v), want %d", revision, len(changes), known, want)
		}
	}
	if _, known := c.RevocationsSince(0); known {
		t.Error("changes are known from the beginning")
	}
	kept := c.Clone()
	change(3*keptChanges+2, "R1", nil)
	if len(kept.Revocations) != len(c.Revocations)+1 {
		t.Error("the copy has changed")
	}
}
