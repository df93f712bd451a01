// Which image built which prompt: the hash of a bundle as docs/bundles.md describes it, counted anew
// from the folder, and which one is stored.
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { request } from './services.mjs';

const sha256 = (...pieces) => pieces.reduce((hash, piece) => hash.update(piece),
  createHash('sha256')).digest('hex');

// The hash that the host gives the image of this bundle.
export function imageHash(bundle) {
  const assets = readdirSync(join(bundle, 'assets'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(bundle.length + 1));
  const lines = ['manifest.json', 'agent.so', ...assets].map((path) => {
    const bytes = readFileSync(join(bundle, path));
    return [path, Buffer.from(`${path}\0${bytes.length}\0${sha256(bytes)}\n`)];
  });
  lines.sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return sha256(...lines.map(([, line]) => line));
}

const markerOf = (excerpt) => /^\[[^\]]*\]/.exec(excerpt)?.[0];
const noteOf = (excerpt) => /note[^n]*(n-\d+)/.exec(excerpt)?.[1];

// Holds the stored version of every completed job against the prompt that was asked for it, which
// begins with a marker in brackets and holds the job's own note n-<number>. images: marker -> hash.
// Gives what is wrong, in words.
export async function wrongImages({ socketPath, jobs, journal, images }) {
  const markers = new Map(journal.map(({ excerpt }) => [noteOf(excerpt), markerOf(excerpt)]));
  const wrong = [];
  for (const { data: { note }, returnvalue } of jobs) {
    const { text } = await request({ socketPath }, `/api/orchestrator/reading/${returnvalue.readingId}`);
    const { versions } = JSON.parse(text).reading;
    const stored = versions.map(({ content }) => content.metadata.image);
    const expected = images.get(markers.get(note));
    if (expected === undefined || stored.length !== 1 || stored[0] !== expected) {
      wrong.push(`${note}: its prompt began ${markers.get(note)}, which is ${expected}; stored: ${stored}`);
    }
  }
  return wrong;
}
