package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const miniature = `{
"operations": {"UpdateThing": {
  "http": {"method": "PUT", "requestUri": "/2020-05-31/thing/{Id}?Flag", "responseCode": 200},
  "input": {"shape": "UpdateThingRequest"}, "output": {"shape": "UpdateThingResult"}, "errors": [{"shape": "NoSuchThing"}]}},
"shapes": {
  "UpdateThingRequest": {"type": "structure", "payload": "Thing", "members": {
    "Thing": {"shape": "Thing", "locationName": "Thing"}, "Id": {"shape": "string", "location": "uri", "locationName": "Id"},
    "IfMatch": {"shape": "string", "location": "header", "locationName": "If-Match"}}},
  "UpdateThingResult": {"type": "structure", "payload": "Thing", "members": {
    "Thing": {"shape": "Thing"}, "ETag": {"shape": "string", "location": "header", "locationName": "ETag"}}},
  "Thing": {"type": "structure", "required": ["Zone", "Names"], "members": {
    "Zone": {"shape": "Zone"}, "Names": {"shape": "Names"}, "Count": {"shape": "integer"}, "Parts": {"shape": "Things"}}},
  "Names": {"type": "list", "member": {"shape": "string", "locationName": "Name"}},
  "Things": {"type": "list", "member": {"shape": "Thing"}},
  "NoSuchThing": {"type": "structure", "exception": true, "members": {}, "error": {"httpStatusCode": 404}},
  "Zone": {"type": "string", "enum": ["Zone_1", "far-away"]},
  "string": {"type": "string"}, "integer": {"type": "integer"}}}`

func TestGenerate(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "model.json")
	if err := os.WriteFile(path, []byte(miniature), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := run(path, dir); err != nil {
		t.Fatal(err)
	}
	for name, parts := range map[string][]string{
		"types_gen.go": {
			"type Thing struct {", "Zone Zone `xml:\"Zone\" json:\"Zone\"`", "Names []string `xml:\"Names>Name\" json:\"Names\"`",
			"Count *int64 `xml:\"Count,omitempty\" json:\"Count,omitempty\"`", "Parts []Thing `xml:\"Parts>member,omitempty\"",
		},
		"enums_gen.go": {"type Zone string", `Zone_1 Zone = "Zone_1"`, `ZoneFarAway Zone = "far-away"`},
		"operations_gen.go": {
			`{Name: "UpdateThing", Method: "PUT", Path: "/thing/{Id}", Status: 200, Flag: "Flag", RequestRoot: "Thing", ResponseRoot: "Thing", Payload: true,`,
			`RequestHeaders: []Binding{{"IfMatch", "If-Match"}}`, `Errors: []string{"NoSuchThing"}`,
		},
		"errors_gen.go": {`case "NoSuchThing": return 404`},
	} {
		src, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		flat := strings.Join(strings.Fields(string(src)), " ")
		for _, part := range parts {
			if !strings.Contains(flat, part) {
				t.Errorf("%s lacks %s:\n%s", name, part, src)
			}
		}
		if strings.Contains(flat, "UpdateThingRequest struct") {
			t.Errorf("%s has a structure that is never an element", name)
		}
	}
}
