// The peer: a BullMQ Worker that asks the model as such workers do — fetch, a streamed answer,
// progress on the way — and returns the text.
//
//   node model_worker.mjs PORT QUEUE CONCURRENCY BASE_URL
import { createRequire } from 'node:module';

const require = createRequire(new URL('../../tests/npm/package.json', import.meta.url));
const { Worker } = require('bullmq');

const [port, queue, concurrency, baseUrl] = process.argv.slice(2);

async function ask(messages) {
  const response = await fetch(`${baseUrl}/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer none' },
    body: JSON.stringify({ model: 'standin', messages, temperature: 0.7, max_completion_tokens: 2000,
      stream: true, stream_options: { include_usage: true } }),
  });
  if (!response.ok) throw new Error(`status ${response.status}`);
  const decoder = new TextDecoder();
  const answer = { text: '', finish: null, usage: null };
  let rest = '';
  for await (const bytes of response.body) {
    rest += decoder.decode(bytes, { stream: true });
    for (let end = rest.indexOf('\n\n'); end >= 0; end = rest.indexOf('\n\n')) {
      read(rest.slice(0, end), answer);
      rest = rest.slice(end + 2);
    }
  }
  if (answer.finish !== 'stop') throw new Error(`finished by ${answer.finish}`);
  return answer;
}

function read(event, answer) {
  if (!event.startsWith('data: ') || event === 'data: [DONE]') return;
  const { choices, usage } = JSON.parse(event.slice(6));
  answer.text += choices[0]?.delta?.content ?? '';
  answer.finish = choices[0]?.finish_reason ?? answer.finish;
  answer.usage = usage ?? answer.usage;
}

const worker = new Worker(queue, async (job) => {
  await job.updateProgress(10);
  const messages = [
    { role: 'system', content: `You write readings. ${'Follow the rules of the house. '.repeat(60)}` },
    { role: 'user', content: `${job.data.context}\n${JSON.stringify(job.data.chart)}` },
  ];
  await job.updateProgress(30);
  const answer = await ask(messages);
  await job.updateProgress(70);
  if (answer.text.length < 100) throw new Error('too short');
  await job.updateProgress(90);
  await job.updateProgress(100);
  return { outcome: 'completed', usage: answer.usage, content: { text: answer.text } };
}, {
  connection: { host: '127.0.0.1', port: Number(port), maxRetriesPerRequest: null },
  concurrency: Number(concurrency),
});
worker.on('error', (error) => console.error(error.message));
worker.on('failed', (job, error) => console.error(`job ${job?.id}: ${error.message}`));
process.on('SIGTERM', () => process.exit(0));
