/** Hands a text to the browser as a file. */
export function download(name: string, type: string, text: string) {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // The download has begun by then; the bytes need not stay.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
