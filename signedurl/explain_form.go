package signedurl

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// form tells whether the parts of the signature are complete and can be decoded. Where they are
// wrong in a known way it goes on with what was meant.
func (e *explainer) form() {
	if len(e.r.Parameters) == 0 {
		e.step(StepForm, NotChecked, "There is no signature to decode.")
		return
	}
	m, err := e.c.Decode(nil)
	if err == nil {
		e.m, e.decoded = m, true
		e.r.Hash = m.Hash.String()
		what := "custom policy"
		if m.Canned {
			what = "canned policy"
		}
		how := "no Hash-Algorithm, which means SHA1"
		if e.c.fields[fieldHash] != "" {
			how = "Hash-Algorithm " + m.Hash.String()
		}
		e.step(StepForm, OK, "A %s and a signature of %d bytes; %s.", what, len(m.Signature), how)
		return
	}
	refusal, _ := errors.AsType[*Refusal](err)
	e.step(StepForm, Failed, "%s.", e.formDetail(refusal.Reason))
	for range 4 {
		if !e.repair(refusal.Reason) {
			return
		}
		if m, err = e.c.Decode(nil); err == nil {
			e.m, e.decoded, e.repaired = m, true, true
			e.r.Hash = m.Hash.String()
			return
		}
		refusal, _ = errors.AsType[*Refusal](err)
	}
}

func (e *explainer) formDetail(reason Reason) string {
	switch reason {
	case MissingSignature:
		return "There is no Signature, or it is empty"
	case MissingPolicy:
		return "There is neither Policy nor Expires"
	case UnknownHash:
		return fmt.Sprintf("Hash-Algorithm is %q, neither SHA1 nor SHA256", shorten(percentDecode(e.c.fields[fieldHash])))
	case UndecodableSignature:
		return "Signature is not in CloudFront's base64 (A-Z a-z 0-9 - ~, padded with _)"
	case UndecodablePolicy:
		return "Policy is not in CloudFront's base64 (A-Z a-z 0-9 - ~, padded with _), or too long"
	case MalformedExpires:
		return fmt.Sprintf("Expires is %q, not a number of seconds below 2147483648", shorten(percentDecode(e.c.fields[fieldExpires])))
	}
	return "The URL holds a quotation mark, which no canned policy can name"
}

// repair recognises what is wrong with the form and replaces it by what was meant. It reports
// whether it did.
func (e *explainer) repair(reason Reason) bool {
	switch reason {
	case MissingSignature, MissingPolicy:
		e.incomplete(reason)
	case UnknownHash:
		name := strings.ToUpper(strings.NewReplacer("-", "", "_", "", "RSA", "").Replace(percentDecode(e.c.fields[fieldHash])))
		e.find(CauseHashName, fmt.Sprintf("Hash-Algorithm is %q.", shorten(percentDecode(e.c.fields[fieldHash]))),
			"Write SHA256 or SHA1, exactly so; CloudFront knows no other.")
		if name == "SHA1" || name == "SHA256" {
			e.c.fields[fieldHash] = name
			return true
		}
	case UndecodableSignature:
		return e.reencode(fieldSignature)
	case UndecodablePolicy:
		return e.reencode(fieldPolicy)
	case MalformedExpires:
		return e.repairExpires()
	}
	return false
}

func (e *explainer) incomplete(reason Reason) {
	missing, query := "Signature", e.q.Request.RawQuery
	if reason == MissingPolicy {
		missing = "Policy or Expires"
	}
	switch {
	case len(e.r.Findings) > 0: // it is explained already
	case strings.Contains(query, "amp;"+strings.Split(missing, " ")[0]+"="):
		e.find(CauseHTMLAmpersand, "The parameters are separated by “&amp;”: the URL was escaped for HTML and used without undoing that.",
			"Use “&” between the parameters.")
	case secondQuestionMark(query):
		e.find(CauseSecondQuestionMark, "The signing parameters follow a second “?”: the URL had a query already, so the first of them became part of its last value.",
			"Join them with “&” when the URL has a query. The signature stays good.")
	case e.misnamed(query, "&", "") || e.misnamed(e.q.Request.Cookie, ";", "CloudFront-"):
	default:
		e.find(CauseParameterMissing, "There is no "+missing+".", "Send all three: Expires or Policy, Signature and Key-Pair-Id.")
	}
}

// reencode finds the encoding a value was meant in and puts CloudFront's in its place.
func (e *explainer) reencode(f field) bool {
	value, name := e.c.fields[f], fieldNames[f]
	if placeholder(value) {
		e.find(CausePlaceholder, fmt.Sprintf("%s is %q: the signer returned none.", name, value),
			"Send what the signer returned for the kind of policy used: Expires for a canned one, Policy for a custom one.")
		if f != fieldPolicy || e.c.fields[fieldExpires] == "" {
			return false
		}
		e.c.fields[f] = ""
		return true
	}
	b, cause := decodeOtherwise(value, f)
	if b == nil {
		e.find(CauseValueCut, name+" is damaged: it is base64 in no known spelling.", "Send it as the signer made it; look for a place that cuts long values or changes characters.")
		return false
	}
	text := encodingTexts[cause]
	e.find(cause, fmt.Sprintf(text.cause, name), text.fix)
	e.c.fields[f] = encoder.EncodeToString(b)
	return len(b) > 0
}

// repairExpires recognises what was sent in place of seconds.
func (e *explainer) repairExpires() bool {
	value := strings.Trim(percentDecode(e.c.fields[fieldExpires]), `"' `)
	seconds, ok := e.misEpoch("Expires", value)
	if ok {
		e.c.fields[fieldExpires] = strconv.FormatInt(seconds, 10)
	}
	return ok
}

// misEpoch explains a date that is not in seconds, and gives the seconds that were meant.
func (e *explainer) misEpoch(name, value string) (seconds int64, ok bool) {
	number, err := strconv.ParseFloat(value, 64)
	switch {
	case placeholder(value):
		e.find(CausePlaceholder, fmt.Sprintf("%s is %q: the signer was given no date.", name, value), "Pass the expiry to the signer.")
		return 0, false
	case err != nil:
		e.find(CauseEpochNotNumber, fmt.Sprintf("%s is %q, which is not a number of seconds.", name, shorten(value)),
			"Give it as Unix time: whole seconds since 1970 in UTC.")
		for _, layout := range []string{time.RFC3339, time.DateTime, time.DateOnly} {
			if t, err := time.Parse(layout, value); err == nil {
				return t.Unix(), t.Unix() > 0 && t.Unix() <= maxEpoch
			}
		}
		return 0, false
	case number > maxEpoch:
		scale := 1.0
		for number/scale > maxEpoch && scale < 1e9 {
			scale *= 1000
		}
		if scale == 1000 && number < 1e11 {
			e.find(CauseEpochAfter2038, fmt.Sprintf("%s is %s, past the last second CloudFront knows (19 January 2038, 2147483647).", name, value),
				"Use an earlier date.")
			return maxEpoch, true
		}
		unit := map[float64]string{1e3: "milliseconds", 1e6: "microseconds", 1e9: "nanoseconds"}[scale]
		meant := int64(number / scale)
		e.find(CauseMilliseconds, fmt.Sprintf("%s is %s: that is in %s.", name, value, unit),
			fmt.Sprintf("Give it in seconds: %d, which is %s. In JavaScript: Math.floor(Date.now() / 1000).", meant, stamp(time.Unix(meant, 0))))
		return meant, meant <= maxEpoch && meant > 0
	case number < 0:
		e.find(CauseEpochNotNumber, name+" is negative.", "Give it as Unix time: whole seconds since 1970 in UTC.")
		return 0, false
	}
	e.find(CauseEpochFraction, fmt.Sprintf("%s is %s: it must be written in digits alone.", name, shorten(value)), "Round it to whole seconds before signing.")
	return int64(number), number >= 1
}
