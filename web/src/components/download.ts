/** download hands a file made in this page to the browser's downloads. */
export function download(name: string, content: Blob | string, type = 'application/x-pem-file'): void {
  const url = URL.createObjectURL(typeof content === 'string' ? new Blob([content], { type }) : content);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000); // once the browser has read it
}
