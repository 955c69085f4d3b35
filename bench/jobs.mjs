// What the loads into Rowcall share: an upload, and a job's status until it has ended.
import {execFileSync} from 'node:child_process';
import {setTimeout as sleep} from 'node:timers/promises';
import {request} from 'undici';

/** Whether a job of this status goes on. */
export const goesOn = ({status}) => status === 'CREATED' || status === 'RUNNING';

export class Jobs {
  constructor(api, signIn) {
    this.api = api;
    this.signIn = signIn;
  }

  /** Uploads the file; answers the job's id. */
  upload(file) {
    const form = ['-sSf', `${this.api}/bulk/contact`, '-H', `Authorization: ${this.signIn}`, '-F', `file=@${file}`];
    return JSON.parse(execFileSync('curl', form)).id;
  }

  async status(job) {
    const headers = {authorization: this.signIn};
    const {statusCode, body} = await request(`${this.api}/bulk/${job}/status`, {headers});
    const text = await body.text();
    if (statusCode !== 200) throw new Error(`asked for the status, Rowcall answered ${statusCode}: ${text}`);
    return JSON.parse(text);
  }

  /** The status of a job that has ended; asks every 20 ms. */
  async ended(job) {
    for (;;) {
      await sleep(20);
      const status = await this.status(job);
      if (!goesOn(status)) return status;
    }
  }
}

/** How many rows the ended job created. Throws unless that is every row of its file. */
export function allCreated(status) {
  const {created} = status.outcomes;
  if (status.status !== 'COMPLETED' || created !== status.recordsCount) {
    throw new Error(`not every row was created: ${JSON.stringify(status)}`);
  }
  return created;
}
