/* shoal-verb-bus.h: how verbs are handed over, on the session bus.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* At the application's path, on its name. Run answers with the exit status when
 * the verb has ended; what it prints comes before, as Output to the caller alone.
 * The caller chooses the token. */
#define SHOAL_VERBS_INTERFACE SHOAL_APPLICATION_ID ".Verbs"

#define SHOAL_VERBS_XML                                                               \
  "<node>"                                                                            \
  "<interface name='" SHOAL_VERBS_INTERFACE "'>"                                      \
  "<method name='Run'>"                                                               \
  "<arg name='state' type='ay' direction='in'/>"                                      \
  "<arg name='token' type='s' direction='in'/>"                                       \
  "<arg name='arguments' type='aay' direction='in'/>"                                 \
  "<arg name='options' type='a{sv}' direction='in'/>"                                 \
  "<arg name='status' type='i' direction='out'/>"                                     \
  "</method>"                                                                         \
  "<method name='Interrupt'>"                                                         \
  "<arg name='token' type='s' direction='in'/>"                                       \
  "</method>"                                                                         \
  "<signal name='Output'>"                                                            \
  "<arg name='token' type='s'/>"                                                      \
  "<arg name='stream' type='i'/>"                                                     \
  "<arg name='bytes' type='ay'/>"                                                     \
  "</signal>"                                                                         \
  "</interface>"                                                                      \
  "</node>"

/* The object's path: the name with slashes. */
#define SHOAL_VERBS_PATH_OF(id) g_strdelimit (g_strconcat ("/", (id), NULL), ".", '/')

/* What Run fails with if it does not own that state, or is not up to it. */
#define SHOAL_VERBS_NOT_MINE SHOAL_APPLICATION_ID ".Error.NotMine"
