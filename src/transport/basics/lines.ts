/** Takes text as it arrives and gives out whole lines, without their newlines. The begun line is held back. */
export function splitLines(onLine: (line: string) => void): (text: string) => void {
  let begun = '';
  return (text) => {
    const lines = (begun + text).split('\n');
    begun = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  };
}
