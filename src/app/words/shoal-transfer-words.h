/* shoal-transfer-words.h: what is said of a transfer and of what went wrong.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Pure: no toolkit; any thread. Strings that are char * are (transfer full). */
#pragma once

#include "shoal-error.h"
#include "shoal-snapshot.h"

G_BEGIN_DECLS

/* The one thing to do next about a transfer that needs it. */
typedef enum
{
  SHOAL_STEP_NONE,
  SHOAL_STEP_RETRY,        /* get it again */
  SHOAL_STEP_SEND_AGAIN,
  SHOAL_STEP_RESUME,
  SHOAL_STEP_CHOOSE_AGAIN, /* the desktop lets us read it no more */
  SHOAL_STEP_OTHER_FOLDER, /* nothing can come where it was to go */
  SHOAL_STEP_OPEN_TRASH,   /* there is no room: something there may go */
  SHOAL_STEP_TROUBLE,      /* the checks of why another device cannot be seen */
  SHOAL_STEP_COPY_TEXT,    /* a text came */
  SHOAL_STEP_COPY_DETAILS, /* nothing helps but asking somebody */
} ShoalTransferStep;

/* A state that is told apart in the list, for the row's look. */
typedef enum
{
  SHOAL_MOOD_QUIET, /* waits, paused, over */
  SHOAL_MOOD_MOVING,
  SHOAL_MOOD_DONE,
  SHOAL_MOOD_WRONG, /* needs a person */
} ShoalTransferMood;

/* "from Anna and 2 others", "to Kai"; empty if nobody is known. */
char *shoal_transfer_words_who     (const ShoalTransferInfo *info);
/* The line below the name: "1.2 of 3.4 GB · 85 MB/s · 12 s left · from Anna". */
char *shoal_transfer_words_line    (const ShoalTransferInfo *info);
/* For the progress bar: "35 %, 12 s left". */
char *shoal_transfer_words_progress (const ShoalTransferInfo *info);
/* What went wrong, on whose side, and what now, in a sentence or two. NULL if
 * nothing did. */
char *shoal_transfer_words_trouble (const ShoalTransferInfo *info);
/* First contact: which code, and with what to compare it. NULL if there is none. */
char *shoal_transfer_words_code    (const ShoalTransferInfo *info);
/* Everything, with error codes, for a report; not translated, as its readers
 * are developers. */
char *shoal_transfer_words_details (const ShoalTransferInfo *info);
/* "passing it on to 2 others", "others may fetch it from here"… or NULL. */
char *shoal_transfer_words_passing (const ShoalTransferInfo *info);

ShoalTransferMood shoal_transfer_words_mood (const ShoalTransferInfo *info);
ShoalTransferStep shoal_transfer_words_step (const ShoalTransferInfo *info);
/* The button's label, with mnemonic. (transfer none) (nullable) */
const char       *shoal_transfer_step_label (ShoalTransferStep step);
/* (transfer none): a symbolic icon for what it is. */
const char       *shoal_transfer_words_icon (const ShoalTransferInfo *info);
gboolean          shoal_transfer_words_is_over (const ShoalTransferInfo *info);

/* What happened and on whose side, translated, as one sentence; the message of
 * @error itself if its code says too little. @other: (nullable): who is there. */
char *shoal_words_error (const GError *error, const char *other);
/* What a sandboxed Shoal may not read, and what now; @path: its name is said. */
char *shoal_words_not_granted (const char *path);
/* What can be done about it, as one sentence; empty if nothing. */
char *shoal_words_next  (const GError *error, const char *other);

G_END_DECLS
