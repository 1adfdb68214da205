/** Line is one line of a comparison: of both texts, only of the old one, or only of the new one. */
export interface Line {
  sign: ' ' | '-' | '+';
  text: string;
}

/** diff compares two texts line by line, by their longest common subsequence. */
export function diff(before: string, after: string): Line[] {
  const a = before.split('\n');
  const b = after.split('\n');
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  const same = (text: string): Line => ({ sign: ' ', text });
  return [
    ...a.slice(0, start).map(same),
    ...middle(a.slice(start, a.length - end), b.slice(start, b.length - end)),
    ...a.slice(a.length - end).map(same),
  ];
}

function middle(a: string[], b: string[]): Line[] {
  // common[i][j] is the length of the longest common subsequence of a from i and b from j.
  const common = Array.from({ length: a.length + 1 }, () => new Uint32Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      common[i]![j] = a[i] === b[j] ? common[i + 1]![j + 1]! + 1 : Math.max(common[i + 1]![j]!, common[i]![j + 1]!);
    }
  }
  const lines: Line[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      lines.push({ sign: ' ', text: a[i]! });
      i++;
      j++;
    } else if (j === b.length || (i < a.length && common[i + 1]![j]! >= common[i]![j + 1]!)) {
      lines.push({ sign: '-', text: a[i++]! });
    } else {
      lines.push({ sign: '+', text: b[j++]! });
    }
  }
  return lines;
}

/** changed keeps the lines that differ, with some around them; gaps are undefined. */
export function changed(lines: Line[], around = 3): (Line | undefined)[] {
  const near = (i: number) => lines.slice(Math.max(0, i - around), i + around + 1).some((l) => l.sign !== ' ');
  const out: (Line | undefined)[] = [];
  for (const [i, line] of lines.entries()) {
    if (near(i)) out.push(line);
    else if (out.length && out.at(-1) !== undefined) out.push(undefined);
  }
  if (out.at(-1) === undefined) out.pop();
  return out;
}
