package api

import "github.com/warmfront/warmfront/internal/cloudfront"

func tags(control TagControl) map[string]handler {
	return map[string]handler{
		"ListTagsForResource": func(c *call) (*reply, error) {
			arn, err := c.resource()
			if err != nil {
				return nil, err
			}
			items, err := control.Tags(c.ctx, arn)
			if err != nil {
				return nil, err
			}
			if items == nil {
				items = []cloudfront.Tag{} // clients expect the list element even when empty
			}
			return &reply{body: cloudfront.Tags{Items: items}}, nil
		},
		"TagResource": func(c *call) (*reply, error) {
			var doc cloudfront.Tags
			arn, err := c.resource()
			if err == nil {
				err = c.decode(&doc)
			}
			if err == nil {
				err = control.TagResource(c.ctx, arn, doc.Items)
			}
			return &reply{}, err
		},
		"UntagResource": func(c *call) (*reply, error) {
			var doc cloudfront.TagKeys
			arn, err := c.resource()
			if err == nil {
				err = c.decode(&doc)
			}
			if err == nil {
				err = control.UntagResource(c.ctx, arn, doc.Items)
			}
			return &reply{}, err
		},
	}
}

// resource is the ARN the tagging operations carry in their query.
func (c *call) resource() (string, error) {
	arn := c.query.Get("Resource")
	if arn == "" {
		return "", cloudfront.Errorf("InvalidArgument", "The parameter Resource is required.")
	}
	return arn, nil
}
