package history

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// maxAnswerBytes is the largest answer read: far more than a hundred distributions have.
const maxAnswerBytes = 16 << 20

// series are the values of one measure under one set of labels.
type series struct {
	measure *measure
	labels  map[string]string
	samples []sample
}

type sample struct {
	at    time.Time
	value float64
}

// ask puts one question: a range query if it has a step, else one for a single time.
func (r *Reader) ask(ctx context.Context, m measure, question url.Values) ([]series, error) {
	operation := "query"
	if question.Has("step") {
		operation = "query_range"
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, r.base.JoinPath("api/v1", operation).String(), strings.NewReader(question.Encode()))
	if err != nil {
		return nil, withoutURL(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := r.client.Do(req)
	if err != nil {
		return nil, withoutURL(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswerBytes+1))
	if err != nil {
		return nil, err
	}
	if len(body) > maxAnswerBytes {
		return nil, fmt.Errorf("the answer is larger than %d bytes", maxAnswerBytes)
	}
	return m.read(resp.Status, body)
}

// withoutURL drops the URL from an error, which may have a password in it.
func withoutURL(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	return err
}

// answer is the JSON of Prometheus' HTTP API, version 1.
type answer struct {
	Status string `json:"status"`
	Error  string `json:"error"`
	Data   struct {
		Result []struct {
			Metric map[string]string `json:"metric"`
			Values []pair            `json:"values"` // of a range
			Value  *pair             `json:"value"`  // of a single time
		} `json:"result"`
	} `json:"data"`
}

// read decodes an answer that came with an HTTP status.
func (m *measure) read(status string, body []byte) ([]series, error) {
	var a answer
	if err := json.Unmarshal(body, &a); err != nil {
		return nil, fmt.Errorf("%s without an answer of Prometheus", status)
	}
	if a.Status != "success" {
		return nil, fmt.Errorf("%s: %s", status, a.Error)
	}
	var all []series
	for _, result := range a.Data.Result {
		s := series{measure: m, labels: result.Metric}
		if result.Value != nil {
			result.Values = append(result.Values, *result.Value)
		}
		for _, p := range result.Values {
			s.samples = append(s.samples, sample(p))
		}
		all = append(all, s)
	}
	return all, nil
}

// pair is a sample as Prometheus writes it: [seconds, "value"].
type pair sample

// UnmarshalJSON implements json.Unmarshaler.
func (p *pair) UnmarshalJSON(data []byte) error {
	var (
		at   float64
		text string
	)
	if err := json.Unmarshal(data, &[]any{&at, &text}); err != nil {
		return err
	}
	value, err := strconv.ParseFloat(text, 64)
	p.at, p.value = time.UnixMilli(int64(at*1000+0.5)).UTC(), value
	return err
}
