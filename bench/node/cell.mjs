// bench/run cell: one call after the other into an agent's cell, 16 KB each way; beside it the same
// bytes over a bare socketpair to a process that only echoes.
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { machine, spread, table } from './measure.mjs';
import { scratch } from './servers.mjs';

export async function run({ build, pairs, jobs }) {
  const image = path.join(scratch, 'image');
  mkdirSync(image);
  copyFileSync(path.join(build, 'tests/agents/.libs/echo.so'), path.join(image, 'agent.so'));
  const rounds = { ours: [], peer: [] };
  for (let pair = 0; pair < pairs; pair++) {
    const { cell, socketpair } = JSON.parse(execFileSync(path.join(build, 'bench/cell'),
      [path.join(build, 'agenthost-cell'), image, String(jobs)], { encoding: 'utf8' }));
    rounds.ours.push(cell);
    rounds.peer.push(socketpair);
    console.error(`${pair + 1}/${pairs} cell ${cell.p50}/${cell.p99} µs, socketpair ${socketpair.p50}/${socketpair.p99} µs`);
  }
  const figures = Object.fromEntries(Object.entries(rounds).map(([kind, found]) => [kind, {
    roundTripMicrosP50: spread(found, 'p50', 0), roundTripMicrosP99: spread(found, 'p99', 0) }]));
  const cell = ({ median, min, max }) => `${median} (${min}–${max})`;
  console.log(`\n16 KB each way, ${pairs} interleaved pairs of ${jobs} round trips, one at a time`);
  console.log(`${machine()}; nothing pinned\n`);
  table([
    ['median (range), µs', 'p50', 'p99'],
    ...[["an agent's cell", 'ours'], ['bare socketpair', 'peer']].map(([label, kind]) => [label,
      cell(figures[kind].roundTripMicrosP50), cell(figures[kind].roundTripMicrosP99)]),
  ]);
  const ratio = figures.ours.roundTripMicrosP50.median / figures.peer.roundTripMicrosP50.median;
  return { name: 'cell', ...figures, ratio: { peer: Number(ratio.toFixed(3)), ceiling: null },
    setting: { pairs, calls: jobs, bytes: 16384 } };
}
