/* shoal-engine-settings.h: asking for and changing what the engine obeys.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-engine.h"
#include "shoal-settings.h"

G_BEGIN_DECLS

/* From shoal_engine_new() on. Every change is told as SHOAL_EVENT_SETTINGS.
 * Returns: (transfer full) */
ShoalSettings *shoal_engine_get_settings (ShoalEngine *self);

/**
 * shoal_engine_change_settings_async:
 * @changes: `a{sv}` with keys and types of shoal-settings.h; floating is sunk
 *
 * All of it or nothing: INVALID names the first value that will not do and why,
 * NOT_FOUND a folder that is not there, IN_USE a port that another program has.
 * Holds at once (announces and listens anew if need be), and answers when it is
 * stored. Works before shoal_engine_start() too; then port and interfaces are
 * tried when it starts. What ShoalEngineOptions say goes on to hold for this
 * run, whatever is stored.
 */
void     shoal_engine_change_settings_async  (ShoalEngine *self, GVariant *changes,
                                              GCancellable *cancellable,
                                              GAsyncReadyCallback callback, gpointer user_data);
gboolean shoal_engine_change_settings_finish (ShoalEngine *self, GAsyncResult *result,
                                              GError **error);

/* A person is looking: the window is open. TRUE at first: whoever starts without
 * a window says so before shoal_engine_start(). */
void shoal_engine_set_attended (ShoalEngine *self, gboolean attended);
/* The network costs by the byte, says the desktop. FALSE at first. */
void shoal_engine_set_metered  (ShoalEngine *self, gboolean metered);
/* A person agrees to go on as usual until the network is not metered any more. */
void shoal_engine_consent_to_metered (ShoalEngine *self);

/* The network interfaces there are now, for choosing: names and what they are. */
typedef struct
{
  char    *name;       /* "wlp3s0" */
  char    *kind;       /* "ethernet", "wifi", "vpn", "container", "other" */
  gboolean is_up;      /* has an address */
  char   **addresses;  /* numeric, without port */
} ShoalInterfaceInfo;

void       shoal_interface_info_free     (ShoalInterfaceInfo *info);
/* Without loopback. (transfer full) (element-type ShoalInterfaceInfo) */
GPtrArray *shoal_engine_list_interfaces  (ShoalEngine *self);

G_END_DECLS
