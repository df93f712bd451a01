// Closes a Queue of BullMQ. Its job.waitUntilFinished() asks once whether the job has ended already;
// when the queue is closed before that is answered, the question rejects with "Connection is closed."
// where nobody can catch it, and node:test blames whatever test runs. So all that was asked is
// answered first.
export async function closeQueue(queue) {
  await queue.isPaused().catch(() => {}); // one more question: answered behind the others
  await queue.close();
}
