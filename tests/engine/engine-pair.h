/* engine-pair.h: two engines, and a folder that one sends to the other.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine-fixture.h"

#define MIB (1024 * 1024)

extern Device sender, receiver;
extern char *source; /* (owned): the folder that is sent */

/* Both run, and do not know each other. */
void set_up (void);
void tear_down (void);

/* Into the folder; bytes follow from the size. */
void write_file (const char *name, gsize size);
gboolean has_arrived (const char *name);
void assert_same (const char *name);

/* A GAsyncReadyCallback for a GAsyncResult *: has_result() waits for it. */
void on_answer (GObject *object, GAsyncResult *result, gpointer user_data);

/* Connects them; returns the receiver's ID. */
char *find_receiver (void);
/* Connects, offers the folder; returns the sender's transfer once the offer is there. */
char *send_folder (void);
/* Offers the folder, or @text, to a device, there or not; returns the transfer. */
char *send_to (const char *device, const char *text);
/* The same for a path. */
char *send_path (const char *device, const char *path);
/* The files of a transfer, offer or share; fails the test if there is no list. */
ShoalFileList *list_files (Device *device, const char *id);
/* Stops it and starts it again. */
void restart (Device *device);
/* The other one connects to it, whatever its port is now. Returns its ID. */
char *connect_to (Device *from, Device *to);
const char *last_offer (void);
/* Waits for one more offer than @before. */
void await_offer (guint before);
char *accept_offer (const char *const *chosen);

/* (transfer full) (nullable) */
ShoalTransferInfo *look (Device *device, const char *id);
/* It comes into that phase, with at least so many bytes. */
void assert_becomes (Device *device, const char *id, ShoalTransferPhase phase, uint64_t bytes);
void assert_offer_becomes (Device *device, const char *id, ShoalOfferState state);
uint64_t bytes_of (Device *device, const char *id);
