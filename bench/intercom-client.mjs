// node intercom-client.mjs SINK FILE: posts the rows with Intercom's official client.
import {IntercomClient} from 'intercom-client';
import {load} from './load.mjs';

const [sink, file] = process.argv.slice(2);
const client = new IntercomClient({token: 'sandbox-token', baseUrl: sink});

await load(file, (contact) => client.contacts.create(contact));
