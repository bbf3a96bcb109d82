/** The histogram of dnsmos as a small picture. It says inside that it is ours, so that another one of the same name is left alone. */

import type { Dnsmos } from './sums.ts';

export const histogramName = 'dnsmos.svg';
const mark = '<!-- bowerbird:dnsmos -->';

export function isOurHistogram(svg: Uint8Array): boolean {
  return Buffer.from(svg.buffer, svg.byteOffset, Math.min(svg.length, 1024)).includes(mark);
}

const [width, height, left, right, top, bottom] = [640, 240, 64, 16, 28, 40];
const range = 5;

export function histogramSvg({ bins, count, sum }: Dnsmos): Uint8Array {
  const most = Math.max(1, ...bins);
  const step = (width - left - right) / bins.length;
  const room = height - top - bottom;
  const floor = height - bottom;
  const x = (bin: number) => (left + bin * step).toFixed(1);
  const bars = bins.flatMap((rows, i) => {
    if (rows === 0) return [];
    const tall = Math.max(1, (rows / most) * room);
    const from = ((i * range) / bins.length).toFixed(1);
    const bar = `x="${x(i)}" y="${(floor - tall).toFixed(1)}" width="${(step - 1).toFixed(1)}" height="${tall.toFixed(1)}"`;
    return `<rect ${bar}><title>${from}: ${rows}</title></rect>`;
  });
  const ticks = Array.from({ length: range + 1 }, (_, value) => {
    const at = x((value * bins.length) / range);
    return `<text x="${at}" y="${floor + 16}" text-anchor="middle">${value}</text>`;
  });
  const mean = (sum / count).toFixed(2);
  const lines = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    mark,
    `<title>DNSMOS of ${count} rows, ${mean} on average</title>`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    `<g fill="#4c78a8">`,
    ...bars,
    '</g>',
    `<path d="M${left} ${top}V${floor}H${width - right}" fill="none" stroke="#555555"/>`,
    '<g font-family="sans-serif" font-size="12" fill="#333333">',
    ...ticks,
    `<text x="${left - 6}" y="${top + 4}" text-anchor="end">${most}</text>`,
    `<text x="${left - 6}" y="${floor}" text-anchor="end">0</text>`,
    `<text x="${width / 2}" y="${height - 8}" text-anchor="middle">DNSMOS, rows by tenths: ${count} rows, ${mean} on average</text>`,
    '</g>',
    '</svg>',
  ];
  return Buffer.from(`${lines.join('\n')}\n`);
}
