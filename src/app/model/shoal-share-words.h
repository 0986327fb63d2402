/* shoal-share-words.h: what is said of a share.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-model.h"

G_BEGIN_DECLS

/* Strings are (transfer full). GTK's thread: names are looked up in the model. */

/* "Anyone with the link", "All my friends", "Anna and Kai". */
char *shoal_share_words_who     (ShoalModel *model, const ShoalShareInfo *info);
/* "48 files · 1.2 GB · All my friends". */
char *shoal_share_words_line    (ShoalModel *model, const ShoalShareInfo *info);
/* "3.4 GB given · Anna fetches it now"; empty while nothing is to be said. */
char *shoal_share_words_use     (const ShoalShareInfo *info);
/* What is wrong with it and what now; NULL if nothing is. */
char *shoal_share_words_trouble (const ShoalShareInfo *info);
/* Who can use its link, as one sentence. */
char *shoal_share_words_hint    (ShoalModel *model, const ShoalShareInfo *info);

G_END_DECLS
