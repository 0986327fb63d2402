/* shoal-commands.h: what a widget can ask of the engine.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-commands-invites.h"
#include "shoal-commands-people.h"
#include "shoal-commands-settings.h"
#include "shoal-commands-shares.h"
#include "shoal-commands-transfers.h"

/* Every command is called on GTK's thread, returns at once, and is carried out
 * on the engine's. Strings and arrays are copied. One without a callback is
 * complete in itself: if it fails, the model emits "error". Callbacks come on
 * GTK's thread with the model as source object. */
