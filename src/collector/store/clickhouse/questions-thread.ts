import { workerData } from 'node:worker_threads';
import { answerCalls } from '../model/thread-jobs.js';
import type { ClickHouseAddress } from './address.js';
import { questionsTo } from './questions.js';

const { questions, close } = questionsTo(workerData as ClickHouseAddress);
answerCalls(questions, close);
