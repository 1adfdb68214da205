// Finishes a build: takes fonts out of the style sheets (the Content-Security-Policy allows no
// data: fonts, and a visitor needs few of them), replaces every text file by its brotli and gzip
// forms, and checks that what the first visit loads stays within its budget.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const dist = new URL('../../internal/console/assets/dist/', import.meta.url).pathname;
const text = new Set(['.html', '.js', '.css', '.svg', '.json', '.txt']);
const budget = 500 * 1024; // bytes of gzip for the page before sign-in; a screen comes on top

const sizes = new Map();
for (const entry of readdirSync(dist, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || !text.has(extname(entry.name))) continue;
  const name = join(entry.parentPath, entry.name);
  const plain = extname(name) === '.css' ? takeFonts(name) : readFileSync(name);
  const params = { [constants.BROTLI_PARAM_QUALITY]: 10, [constants.BROTLI_PARAM_SIZE_HINT]: plain.length };
  const gzip = gzipSync(plain, { level: 9 });
  writeFileSync(`${name}.br`, brotliCompressSync(plain, { params }));
  writeFileSync(`${name}.gz`, gzip);
  rmSync(name);
  sizes.set(name.slice(dist.length), { gzip: gzip.length, plain });
}

/** takeFonts writes the fonts of a style sheet beside it, and gives the sheet that names them. */
function takeFonts(sheet) {
  const css = readFileSync(sheet, 'utf8');
  return Buffer.from(
    css.replace(/url\((['"]?)data:font\/woff2;base64,([^'")]+)\1\)/g, (_, _quote, base64) => {
      const font = Buffer.from(base64, 'base64');
      const name = `font-${createHash('sha256').update(font).digest('hex').slice(0, 8)}.woff2`;
      writeFileSync(join(dirname(sheet), name), font);
      return `url("${name}")`;
    }),
  );
}

// The first visit loads what index.html names: the entry and what it imports at once.
const html = sizes.get('index.html').plain.toString();
const first = [...html.matchAll(/(?:src|href)="\.\/([^"]+\.(?:js|css))"/g)].map((m) => m[1]);
const total = first.reduce((sum, name) => sum + sizes.get(name).gzip, 0);
console.log(`page before sign-in: ${(total / 1024).toFixed(0)} KiB of gzip in ${first.length} files`);
if (total > budget) {
  console.error(`that is above the budget of ${budget / 1024} KiB`);
  process.exit(1);
}
