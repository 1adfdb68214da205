import qrcode from 'qrcode-generator';

const quiet = 4; // modules of white around the code, as scanners need them

/** QRCode shows a text as a QR code, black on white in either theme. Texts above 2,900 bytes fit none. */
export function QRCode({ text, label }: { text: string; label: string }) {
  const code = qrcode(0, 'L');
  code.addData(text, 'Byte');
  code.make();
  const n = code.getModuleCount();
  let path = '';
  for (let y = 0; y < n; y++) {
    for (let x = 0; x < n; x++) if (code.isDark(y, x)) path += `M${x + quiet} ${y + quiet}h1v1h-1z`;
  }
  const size = n + 2 * quiet;
  return (
    <svg className="qr" role="img" aria-label={label} viewBox={`0 0 ${size} ${size}`} shapeRendering="crispEdges">
      <rect width={size} height={size} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}
