package main

// The configurations of the peers, as their documentation shows them, tuned as an operator
// would: one worker, keep-alive, no log on the hit path.

// nginxConfig is proxy_cache behind secure_link.
const nginxConfig = `
worker_processes 1;
daemon off;
pid {dir}/nginx.pid;
error_log stderr crit;
events { worker_connections 16384; }
http {
  access_log off;
  keepalive_requests 100000000;
  sendfile on;
  tcp_nopush on;
  open_file_cache max=16000;
  client_body_temp_path {dir}/body;
  proxy_temp_path {dir}/temp;
  fastcgi_temp_path {dir}/fastcgi;
  uwsgi_temp_path {dir}/uwsgi;
  scgi_temp_path {dir}/scgi;
  proxy_cache_path {dir}/cache levels=1:2 keys_zone=hits:64m max_size=16g inactive=1d use_temp_path=off;
  upstream origin { server 127.0.0.1:{origin}; keepalive 32; }
  server {
    listen 127.0.0.1:{http} backlog=4096;
    listen 127.0.0.1:{https} ssl http2 backlog=4096;
      ssl_certificate {dir}/cert.pem;
    ssl_certificate_key {dir}/key.pem;
    ssl_protocols TLSv1.3;
    location / {
      secure_link $arg_signature,$arg_expires;
      secure_link_md5 "$secure_link_expires$uri {secret}";
      if ($secure_link != "1") { return 403; }
      proxy_pass http://origin;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_cache hits;
      proxy_cache_key $uri;
      proxy_cache_valid 200 1h;
      proxy_cache_lock on;
      proxy_cache_lock_timeout 60s;
      proxy_cache_lock_age 60s;
      proxy_ignore_headers Cache-Control Expires;
    }
  }
}
`

// varnishConfig caches all; plain VCL cannot check a signature, and Varnish speaks no TLS.
const varnishConfig = `vcl 4.1;
backend default { .host = "127.0.0.1"; .port = "{origin}"; }
sub vcl_backend_response { set beresp.ttl = 1h; }
`

// trafficServerConfig caches behind the plugin url_sig. Its layout is given whole, since it
// otherwise uses the one of the system.
var trafficServerConfig = map[string]string{
	"runroot.yaml": `prefix: {dir}
exec_prefix: {dir}
bindir: /usr/bin
sbindir: /usr/sbin
sysconfdir: {dir}/etc
datadir: {dir}
includedir: {dir}
libdir: /usr/lib/trafficserver
libexecdir: /usr/lib/trafficserver/modules
localstatedir: {dir}
runtimedir: {dir}/run
logdir: {dir}/log
cachedir: {dir}/cache
`,
	"etc/records.config": `CONFIG proxy.config.http.server_ports STRING {http} {https}:ssl
CONFIG proxy.config.exec_thread.autoconfig INT 0
CONFIG proxy.config.exec_thread.limit INT 1
CONFIG proxy.config.admin.user_id STRING #-1
CONFIG proxy.config.crash_log_helper STRING NULL
CONFIG proxy.config.net.connections_throttle INT 16384
CONFIG proxy.config.cache.ram_cache.size INT 1G
CONFIG proxy.config.cache.ram_cache_cutoff INT 128M
CONFIG proxy.config.cache.enable_read_while_writer INT 1
CONFIG proxy.config.http.cache.open_read_retry_time INT 10
CONFIG proxy.config.http.cache.max_open_read_retries INT 1000
CONFIG proxy.config.http.insert_response_via_str INT 0
CONFIG proxy.config.log.logging_enabled INT 0
CONFIG proxy.config.ssl.server.cert.path STRING {dir}
CONFIG proxy.config.ssl.server.private_key.path STRING {dir}
`,
	"etc/storage.config":       "{dir}/cache 4G\n",
	"etc/ssl_multicert.config": "dest_ip=* ssl_cert_name=cert.pem ssl_key_name=key.pem\n",
	"etc/remap.config": `map http://127.0.0.1:{http}/ http://127.0.0.1:{origin}/ @plugin=url_sig.so @pparam={dir}/etc/url_sig.config
map https://127.0.0.1:{https}/ http://127.0.0.1:{origin}/ @plugin=url_sig.so @pparam={dir}/etc/url_sig.config
`,
	"etc/url_sig.config": "key0 = {secret}\nerror_url = 403\n",
	"etc/plugin.config":  "",
	"etc/ip_allow.yaml":  "ip_allow:\n  - apply: in\n    ip_addrs: 0/0\n    action: allow\n    methods: ALL\n",
	"run/empty":          "",
	"log/empty":          "",
	"cache/empty":        "",
}

// caddyConfig serves files: Caddy has no cache of its own.
const caddyConfig = `{
	admin off
	auto_https off
	default_sni 127.0.0.1
}
http://127.0.0.1:{http} {
	root * {dir}/files
	file_server
}
https://127.0.0.1:{https} {
	tls {dir}/cert.pem {dir}/key.pem
	root * {dir}/files
	file_server
}
`
