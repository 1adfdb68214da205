package load

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Process is a running process, by its id, as the kernel accounts for it.
type Process int

// RSS is its resident memory, in bytes.
func (p Process) RSS() (int64, error) { return p.memory("VmRSS") }

// PeakRSS is the most resident memory it had since it began or since ResetPeak, in bytes.
func (p Process) PeakRSS() (int64, error) { return p.memory("VmHWM") }

// ResetPeak lets the peak begin anew.
func (p Process) ResetPeak() error {
	return os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", p), []byte("5"), 0)
}

func (p Process) memory(field string) (int64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(status)) {
		if value, ok := strings.CutPrefix(line, field+":"); ok {
			kib, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
			return kib << 10, err
		}
	}
	return 0, fmt.Errorf("no %s for process %d", field, p)
}

// CPU is the time it has run, user and system, to the nanosecond (clock_getcpuclockid(3)).
func (p Process) CPU() (time.Duration, error) {
	const scheduled = 2 // which of a process's clocks
	var t unix.Timespec
	err := unix.ClockGettime(^int32(p)<<3|scheduled, &t)
	return time.Duration(t.Nano()), os.NewSyscallError("clock_gettime", err)
}

// Children lists the processes that p's main thread has started.
func (p Process) Children() ([]Process, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", p, p))
	if err != nil {
		return nil, err
	}
	var list []Process
	for field := range strings.FieldsSeq(string(data)) {
		pid, err := strconv.Atoi(field)
		if err != nil {
			return nil, err
		}
		list = append(list, Process(pid))
	}
	return list, nil
}
