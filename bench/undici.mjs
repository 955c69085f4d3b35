// node undici.mjs SINK FILE: posts the rows with undici, Node's own HTTP client, over 32 connections.
import {Pool} from 'undici';
import {load} from './load.mjs';

const [sink, file] = process.argv.slice(2);
const pool = new Pool(sink, {connections: 32});
const headers = {authorization: 'Bearer sandbox-token', 'content-type': 'application/json'};

await load(file, async (contact) => {
  const {statusCode, body} = await pool.request({
    method: 'POST',
    path: '/contacts',
    headers,
    body: JSON.stringify(contact),
  });
  if (statusCode !== 200) throw new Error(`the sink answered ${statusCode}`);
  return body.json();
});
await pool.close();
