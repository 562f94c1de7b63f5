/** What a LoaderThread runs: joins the reading of lists and the guard, on a thread of its own. */

import { type LoadJob, load } from './lists/load.ts';
import { makeListGuard } from './respond/list-guard.ts';
import { answerJobs } from './threads/answer-jobs.ts';

answerJobs((job: LoadJob) => load(job, makeListGuard(job.exempt)));
