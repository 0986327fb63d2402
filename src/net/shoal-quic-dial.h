/* shoal-quic-dial.h: a QUIC link over a UDP socket of its own.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-main-runtime.h"
#include "shoal-quic-link.h"

G_BEGIN_DECLS

/* Dials @address, by its interface if it has one. As of shoal_quic_link_new():
 * `ready` tells, also of an address that cannot be dialled at all.
 * Returns: (transfer full) */
ShoalQuicLink *shoal_quic_dial (ShoalMainRuntime *runtime, ShoalIdentity *identity,
                                GSocketAddress *address, const ShoalDeviceId *expected,
                                ShoalCongestion congestion, ShoalQuicLinkReadyFunc ready,
                                gpointer user_data);

G_END_DECLS
