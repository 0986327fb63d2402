/* shoal-candidate.h: checks an ICE candidate from somebody else.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * RFC 8839, 5.1: "candidate:1 1 UDP 2013266431 192.0.2.1 4000 typ host".
 * A candidate makes this device send packets to an address of somebody else's
 * choice, so only what can be a device's own UDP port passes, as an address and
 * never as a name, and nothing but what was checked reaches libnice. Pure; any
 * thread. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef enum
{
  SHOAL_CANDIDATE_HOST,
  SHOAL_CANDIDATE_REFLEXIVE, /* srflx, prflx: as a server saw it */
  SHOAL_CANDIDATE_RELAYED,
} ShoalCandidateKind;

typedef struct
{
  ShoalCandidateKind  kind;
  char               *text; /* (owned): written anew from what was checked */
  gboolean            is_ipv6;
} ShoalCandidate;

/* @text: with or without "a=" before it. INVALID says what is wrong: a syntax
 * error, another transport than UDP, another component than 1, a host name, an
 * address that is no host's (loopback, multicast, unspecified, broadcast,
 * link-local), or a port that belongs to a service (below 1024).
 * Returns: (transfer full) (nullable) */
ShoalCandidate *shoal_candidate_check (const char *text, GError **error);
void            shoal_candidate_free  (ShoalCandidate *self);

/* "ADDRESS:PORT" or "[ADDRESS]:PORT" where a device says that it listens, under the
 * same rules. Returns: (transfer full) (nullable) */
GSocketAddress *shoal_told_address_check (const char *text, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShoalCandidate, shoal_candidate_free)

G_END_DECLS
