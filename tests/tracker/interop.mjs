// The reference implementation at work: its server, or its client at our server.
// SPDX-License-Identifier: GPL-3.0-or-later
//
// usage: node interop.mjs server            prints PORT, serves until stdin ends
//        node interop.mjs client URL PEER   waits at URL for somebody, says whom it met

import Client, { Server } from 'bittorrent-tracker'

function client (url, peer, infoHash) {
  return new Client({ infoHash, peerId: peer, announce: [url], port: 6881 })
}

function next (emitter, name) {
  return new Promise((resolve, reject) => {
    emitter.once(name, resolve)
    emitter.once('error', reject)
    emitter.on('warning', error => reject(error))
  })
}

// Each a process of its own: clients in one share their socket.
async function meet (url, peer) {
  // Bytes that JSON parsers stumble over: NUL, quote, backslash, upper half.
  const infoHash = '0001225c0a7f80ff6162636465666768696a6b6c'
  const us = client(url, peer, infoHash)
  const met = next(us, 'peer')
  us.start()
  const { interval } = await next(us, 'update')
  console.log('started')
  const them = await met
  const scraped = next(us, 'scrape')
  us.scrape()
  const counts = await scraped
  console.log(JSON.stringify({
    interval,
    met: them.id,
    incomplete: counts.incomplete,
    infoHash: counts.infoHash
  }))
  // An answer of ours may still be on its way.
  process.stdin.on('end', () => process.exit(0))
  process.stdin.resume()
}

function server () {
  const tracker = new Server({ udp: false, http: false, ws: true, stats: false })
  tracker.on('warning', error => console.error(`warning: ${error.message}`))
  tracker.listen(0, '127.0.0.1', () => console.log(tracker.ws.address().port))
  process.stdin.on('end', () => process.exit(0))
  process.stdin.resume()
}

if (process.argv[2] === 'server') server()
else meet(process.argv[3], process.argv[4]).catch(error => { console.error(error); process.exit(1) })
