/* shoal-engine-grants.h: files that the desktop hands to a sandboxed Shoal.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-engine.h"

G_BEGIN_DECLS

/**
 * shoal_engine_choose_again_async:
 * @transfer: a SEND that is PAUSED with NOT_GRANTED
 * @paths: what was sent, chosen anew; of several things those that are chosen
 *
 * It goes on with these files, under its old names: the receiver goes on with what
 * has come. Lacks it another one then, it is paused anew, and names that.
 */
void     shoal_engine_choose_again_async  (ShoalEngine *self, const char *transfer,
                                           const char *const *paths, GAsyncReadyCallback callback,
                                           gpointer user_data);
gboolean shoal_engine_choose_again_finish (ShoalEngine *self, GAsyncResult *result,
                                           GError **error);

G_END_DECLS
