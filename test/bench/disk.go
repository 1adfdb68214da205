package main

import (
	"context"
	"fmt"
)

// onDisk is the row of a working set larger than the cache's memory: hits come from the disk
// tier, and through it from the kernel's page cache, as nginx's always do.
func (e *exam) onDisk(ctx context.Context) error {
	const memory = 64 << 20
	sizes := []int64{16 << 10, 256 << 10}
	var list []scenario
	for _, size := range sizes {
		total := int64(e.few(2*memory, 16*memory))
		var objects []object
		for i := range int(total / size) {
			objects = append(objects, newObject("disk", size, i))
		}
		list = append(list, scenario{
			title: fmt.Sprintf("%d objects of %s", len(objects), sizeName(size)), objects: objects, pressure: pressure{duration: e.lasts, connections: 32},
		})
	}
	f, err := e.start(ctx, "disk", nil, []string{"--cache-bytes", fmt.Sprint(memory), "--cache-disk-bytes", fmt.Sprint(8 << 30)}, "nginx")
	if err != nil {
		return err
	}
	defer f.stop()
	return f.race(ctx, "A working set larger than the cache's memory", fmt.Sprintf("Signed hits over HTTP/1.1 in clear text, 32 connections, at random among objects of "+
		"%d MiB together; Warmfront may keep %d MiB in memory, so that nearly all come from its disk tier.", e.few(2, 16)*memory>>20, memory>>20), list)
}
