/* shoal-diagnosis.h: why another device may not be seen, step by step.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-engine.h"

G_BEGIN_DECLS

typedef enum
{
  SHOAL_CHECK_RUNNING,
  SHOAL_CHECK_OK,
  SHOAL_CHECK_FAILED,
  SHOAL_CHECK_UNKNOWN, /* could not be found out, or only hints: the cause says why */
} ShoalCheckState;

#define SHOAL_TYPE_CHECK_STATE (shoal_check_state_get_type ())
GType shoal_check_state_get_type (void);

/**
 * ShoalCheck:
 *
 * One step. Immutable, atomically reference-counted; safe on any thread. Texts
 * are for a person, translated. Steps (`id`), in their order:
 *
 * - `network`: an interface is up, and one of those that may be used
 * - `discovery`: mDNS works: our own announcement is heard, the daemon answers
 * - `visible`: others are allowed to see this device
 * - `port`: we listen
 * - `firewall`: no packet filter is known to be in the way (only a hint)
 * - `reachable`: a connected device was asked to call back, and got through
 * - `vpn`: no VPN or container network that takes the packets elsewhere (a hint)
 * - `tracker`: for devices elsewhere: a tracker is open; unknown while none is used
 *
 * Remedies (`remedy_id`): `open-network-settings`, `choose-interfaces`,
 * `start-avahi`, `change-visibility`, `change-port`, `open-firewall` (`detail` is
 * the command to copy), `connect-by-address`, `leave-vpn`, `choose-trackers`.
 */
typedef struct
{
  char            *id;
  char            *title;     /* "This device is on a network" */
  ShoalCheckState  state;
  char            *cause;     /* (nullable): what was found */
  char            *remedy;    /* (nullable): what to do */
  char            *remedy_id; /* (nullable): see above */
  char            *detail;    /* (nullable): a text to copy */
} ShoalCheck;

ShoalCheck *shoal_check_ref   (ShoalCheck *check);
void        shoal_check_unref (ShoalCheck *check);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShoalCheck, shoal_check_unref)

/* Told of each step as RUNNING at once, and again when it is done; any number of
 * times from start to end, on the engine's thread. @check: ref to keep. */
typedef void (*ShoalCheckFunc) (ShoalCheck *check, gpointer user_data);

/**
 * shoal_engine_diagnose_async:
 * @device: (nullable): a connected device to ask to call back; NULL: any
 * @func: told of each step
 *
 * Takes at most about ten seconds. Nothing but the device asked learns of it.
 * Answers with a (element-type ShoalCheck) of all steps, in order.
 */
void       shoal_engine_diagnose_async  (ShoalEngine *self, const char *device,
                                         ShoalCheckFunc func, gpointer func_data,
                                         GCancellable *cancellable, GAsyncReadyCallback callback,
                                         gpointer user_data);
GPtrArray *shoal_engine_diagnose_finish (ShoalEngine *self, GAsyncResult *result,
                                         GError **error);

G_END_DECLS
