// A thread of a store in which all questions fail except `ok`.
import process from 'node:process';
import { parentPort } from 'node:worker_threads';

const jobs = {
  throws: () => {
    throw new Error('a job went wrong');
  },
  throwsNothing: () => {
    throw undefined;
  },
  rejects: () => void Promise.reject(new Error('a job went wrong')),
  exits: () => process.exit(3),
  neverEnds: () => {
    for (;;);
  },
};

parentPort.on('message', (message) => {
  if (message === 'close') parentPort.close();
  else if (message.name === 'ok') parentPort.postMessage({ id: message.id, value: 'ok' });
  else jobs[message.name]();
});
