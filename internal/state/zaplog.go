package state

import (
	"context"
	"fmt"
	"log/slog"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// zapLogger sends etcd's errors to log, and its warnings as debug messages: most of them are
// about clusters and say nothing to the owner of an embedded one. What etcd logs as fatal panics instead
// of ending the process behind our back, so that opening a damaged directory can be
// reported; in etcd's own goroutines the panic still ends the process, with its text.
func zapLogger(log *slog.Logger) *zap.Logger {
	return zap.New(&zapCore{log: log}, zap.WithFatalHook(zapcore.WriteThenPanic))
}

// zapCore is a zapcore.Core over slog.
type zapCore struct {
	log    *slog.Logger
	fields []zapcore.Field
}

func (c *zapCore) Enabled(l zapcore.Level) bool { return l >= zapcore.WarnLevel }

func (c *zapCore) With(fields []zapcore.Field) zapcore.Core {
	return &zapCore{log: c.log, fields: append(c.fields[:len(c.fields):len(c.fields)], fields...)}
}

func (c *zapCore) Check(e zapcore.Entry, ce *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	if c.Enabled(e.Level) {
		return ce.AddCore(e, c)
	}
	return ce
}

func (c *zapCore) Write(e zapcore.Entry, fields []zapcore.Field) error {
	enc := zapcore.NewMapObjectEncoder()
	for _, f := range c.fields {
		f.AddTo(enc)
	}
	for _, f := range fields {
		f.AddTo(enc)
	}
	if e.Level > zapcore.ErrorLevel {
		// Panics and fatal ends carry their cause in the panic's text, which startServer keeps.
		if detail, ok := enc.Fields["error"]; ok {
			panic(fmt.Sprintf("%s: %v", e.Message, detail))
		}
		return nil
	}
	level := slog.LevelDebug
	// A fresh etcd says so until its first snapshot: nothing is wrong.
	const fresh = "failed to update storage version"
	if e.Level == zapcore.ErrorLevel && e.Message != fresh {
		level = slog.LevelError
	}
	attrs := make([]slog.Attr, 0, len(enc.Fields))
	for k, v := range enc.Fields {
		attrs = append(attrs, slog.Any(k, v))
	}
	c.log.LogAttrs(context.Background(), level, "etcd: "+e.Message, attrs...)
	return nil
}

func (c *zapCore) Sync() error { return nil }
