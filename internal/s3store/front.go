package s3store

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/gofiber/fiber/v3"
	"github.com/valyala/fasthttp"
	"github.com/versity/versitygw/auth"
	"github.com/versity/versitygw/s3api/controllers"
	"github.com/versity/versitygw/s3api/middlewares"
	"github.com/versity/versitygw/s3api/utils"

	"github.com/warmfront/warmfront/internal/objects"
)

// Options are the settings of a Front.
type Options struct {
	// AccountID is the 12-digit account that owns every bucket.
	AccountID string
	// DefaultRegion is the region of buckets made without a location
	// constraint; default us-east-1. Requests may be signed for any region.
	DefaultRegion string
	// VirtualHosts are host suffixes under which the first labels name a
	// bucket: localhost takes BUCKET.localhost and BUCKET.s3.localhost;
	// s3.amazonaws.com takes BUCKET.s3.amazonaws.com and, like the former
	// with s3 in front, BUCKET.s3.REGION.amazonaws.com.
	VirtualHosts []string
	// Now is the clock signatures and policies are judged by; default time.Now.
	Now func() time.Time
	// Real judges the dates of signed headers, which a moved clock must not touch; default Now.
	Real func() time.Time
	// Log receives what cannot be told to the client; default: discarded.
	Log *slog.Logger
}

// Front serves the S3 API over one store. Several may live in one process.
type Front struct {
	store    *objects.Store
	ids      Identities
	o        Options
	owner    string // the account's canonical user id
	hosts    virtualHosts
	app      *fiber.App
	ctl      controllers.S3ApiController
	services *controllers.Services
	cors     fiber.Handler
	table    operationTable
	policies policyCache
}

// New builds a front. It starts nothing and listens nowhere; the store stays
// the caller's to close.
func New(store *objects.Store, ids Identities, o Options) (*Front, error) {
	if len(o.AccountID) != 12 {
		return nil, fmt.Errorf("s3store: account id %q is not 12 digits", o.AccountID)
	}
	if o.DefaultRegion == "" {
		o.DefaultRegion = objects.DefaultRegion
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Real == nil {
		o.Real = o.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	f := &Front{
		store: store, ids: ids, o: o,
		owner:    CanonicalID(o.AccountID),
		hosts:    virtualHosts(o.VirtualHosts),
		services: &controllers.Services{},
		table:    newOperationTable(),
	}
	// Values read from a request are copied, since the store may keep them longer than the request lives.
	f.app = fiber.NewWithCustomCtx(func(app *fiber.App) fiber.CustomCtx {
		return &call{DefaultCtx: fiber.NewDefaultCtx(app), front: f}
	}, fiber.Config{Immutable: true, StrictRouting: true, CaseSensitive: true})
	backend := &guard{Store: store, front: f}
	iam := auth.NewIAMServiceSingle(f.account())
	f.ctl = controllers.New(backend, iam, nil, nil, nil, false, true, "", 0)
	f.cors = middlewares.ApplyBucketCORS(backend, middlewares.BucketFromPath, "")
	return f, nil
}

// CanonicalID derives the S3 canonical user id of an account.
func CanonicalID(accountID string) string {
	sum := sha256.Sum256([]byte("warmfront account " + accountID))
	return hex.EncodeToString(sum[:])
}

// account is who the controllers believe is calling: authorization is done by
// the time they run, so it is always the owner of everything.
func (f *Front) account() auth.Account {
	return auth.Account{Access: f.owner, Role: auth.RoleAdmin}
}

// Handler serves every request as S3. It needs a server with StreamRequestBody
// and DisablePreParseMultipartForm on, and header names normalised. basePath, ""
// or such as "/prefix", begins every path; clients sign it, and it is taken off
// afterwards.
func (f *Front) Handler(basePath string) fasthttp.RequestHandler {
	return func(rc *fasthttp.RequestCtx) { f.serve(rc, basePath) }
}

// Close releases the front. The store stays open.
func (f *Front) Close() error { return nil }

func (f *Front) serve(rc *fasthttp.RequestCtx, basePath string) {
	c := f.app.AcquireCtx(rc).(*call)
	defer c.release()
	c.begin(rc, basePath)
	if resp, err := c.answer(); err != nil {
		c.refuse(err, resp)
	} else if err := controllers.ProcessController(c, respondWith(resp), c.op.name, f.services); err != nil {
		c.refuse(err, nil)
	}
	c.secure()
}

// answer takes a request through its steps. Nothing reads the body, and nothing
// is asked of the store on the caller's behalf, before authorize.
func (c *call) answer() (resp *controllers.Response, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v\n%s", r, debug.Stack())
		}
	}()
	if err := c.locate(); err != nil {
		return nil, err
	}
	if err := c.route(); err != nil {
		return nil, err
	}
	if err := c.authenticate(); err != nil {
		return nil, err
	}
	if err := c.applyCORS(); err != nil {
		return nil, err
	}
	if err := c.authorize(); err != nil {
		return nil, err
	}
	if err := c.openBody(); err != nil {
		return nil, err
	}
	return c.op.perform(c)
}

func respondWith(resp *controllers.Response) controllers.Controller {
	if resp == nil {
		resp = &controllers.Response{}
	}
	return func(fiber.Ctx) (*controllers.Response, error) { return resp, nil }
}

// secure keeps what users store from acting in the name of this address: the
// console shares its origin, and a browser sends no Authorization header by
// itself.
func (c *call) secure() {
	if c.Get("Authorization") != "" {
		return
	}
	h := &c.Response().Header
	h.Set("Content-Security-Policy", "sandbox")
	h.Set("X-Content-Type-Options", "nosniff")
}

// applyCORS adds the bucket's CORS headers to whatever the answer becomes.
func (c *call) applyCORS() error {
	if c.Get("Origin") == "" || c.target.bucket == "" || c.Method() == http.MethodOptions {
		return nil
	}
	return c.front.cors(c)
}

// set gives the controllers what their own middlewares would have.
func (c *call) setControllerContext() {
	utils.ContextKeyAccount.Set(c, c.front.account())
	utils.ContextKeyIsRoot.Set(c, true)
	utils.ContextKeyAuthenticated.Set(c, true)
	utils.ContextKeyRootAccessKey.Set(c, c.front.owner)
	utils.ContextKeyRegion.Set(c, c.front.o.DefaultRegion)
	utils.ContextKeyParsedAcl.Set(c, auth.ACL{Owner: c.front.owner})
}
