import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import SpaceBetween from '@cloudscape-design/components/space-between';

/**
 * Insecure says why the console takes no secrets over plain HTTP beyond loopback, where anybody
 * on the way could change the page and read what is typed into it, and how to turn TLS on.
 */
export function Insecure() {
  return (
    <Alert type="warning" header="This connection is not secure">
      <SpaceBetween size="s">
        <Box color="inherit">
          The console was opened over plain HTTP from another computer. Anybody on the way could change this page and read the
          secrets typed into it, and browsers make no keys here. Open it over HTTPS, or on the server’s own computer.
        </Box>
        <Box color="inherit">To turn TLS on, start the server with a certificate of the name you use:</Box>
        <Box color="inherit" variant="code">
          warmfront serve --api 0.0.0.0:4480 --api-cert cert.pem --api-key key.pem
        </Box>
        <Box color="inherit">Or forward the port over SSH, and open http://localhost:4480/console/:</Box>
        <Box color="inherit" variant="code">
          ssh -L 4480:127.0.0.1:4480 server
        </Box>
      </SpaceBetween>
    </Alert>
  );
}
