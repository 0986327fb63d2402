/* shoal-hand-over.h: a verb that the Shoal which is running carries out.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-cli.h"

G_BEGIN_DECLS

/**
 * ShoalHandOver:
 *
 * Asks the owner of the state over the session bus to run the verb, prints what
 * it answers where it belongs, and finishes @cli with its status. If there is no
 * such owner, or what was asked for cannot be handed over, @cli fails with its
 * `in_use`, which names the process.
 */
typedef struct _ShoalHandOver ShoalHandOver;

/* @arguments: as typed, the verb first; copied. @cli outlives it. */
ShoalHandOver *shoal_hand_over_new       (ShoalCli *cli, const char *const *arguments);
/* As Ctrl+C would do to a verb of our own. */
void           shoal_hand_over_interrupt (ShoalHandOver *self);
void           shoal_hand_over_free      (ShoalHandOver *self);

G_END_DECLS
