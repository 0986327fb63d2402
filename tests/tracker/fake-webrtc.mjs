// What the reference asks of WebRTC, without a network: descriptions are texts.
// It takes the place of a package that must be compiled.
// SPDX-License-Identifier: GPL-3.0-or-later

export class RTCPeerConnection {
  constructor () {
    this.iceGatheringState = 'new'
    this.iceConnectionState = 'new'
    this.signalingState = 'stable'
    this.connectionState = 'new'
  }

  createDataChannel () { return { close () {}, readyState: 'connecting' } }
  async createOffer () { return { type: 'offer', sdp: `v=0 offer ${Math.random()}` } }
  async createAnswer () { return { type: 'answer', sdp: `v=0 answer ${Math.random()}` } }

  async setLocalDescription (description) {
    this.localDescription = description
    this.iceGatheringState = 'complete'
    setTimeout(() => {
      this.onicegatheringstatechange?.()
      this.onicecandidate?.({ candidate: null })
    }, 0)
  }

  async setRemoteDescription (description) { this.remoteDescription = description }
  async addIceCandidate () {}
  getSenders () { return [] }
  addEventListener () {}
  removeEventListener () {}
  close () {}
}

export class RTCSessionDescription {
  constructor (description) { Object.assign(this, description) }
}

export class RTCIceCandidate {}
