/* forward.c: a long line between two TUN devices: delay, rate, a queue, loss.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Usage: forward DEVICE DEVICE DELAY_MS MBIT QUEUE_MS LOSS SEED
 *
 * Makes both devices, says {"event": "ready"}, and carries packets from each to
 * the other until standard input ends; then says how many. DELAY is one way;
 * MBIT counts IP packets, 0 is no limit; a packet that would wait longer than
 * QUEUE_MS for the line is dropped; LOSS is the share lost at random, each way.
 * The kernel here has no netem; and a seed replays the losses.
 */

#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#define PACKET_SIZE 1600
#define READS_PER_TURN 64
#define SECOND UINT64_C (1000000000)

typedef struct
{
  uint64_t due;
  uint16_t size;
  uint8_t  bytes[PACKET_SIZE];
} Packet;

/* One direction: packets read from one device, due at the other. */
typedef struct
{
  int      from, to;
  Packet  *ring;
  size_t   room, head, count;
  uint64_t busy_until;
  uint64_t carried, lost, overrun;
} Lane;

typedef struct
{
  uint64_t delay;   /* ns */
  double   rate;    /* bytes a ns; 0: no limit */
  uint64_t queue;   /* ns */
  uint32_t loss;    /* of 2³² */
  uint64_t random;
} Line;

static uint64_t
now (void)
{
  struct timespec time;

  clock_gettime (CLOCK_MONOTONIC, &time);
  return (uint64_t) time.tv_sec * SECOND + (uint64_t) time.tv_nsec;
}

/* xorshift64*: the same numbers everywhere. */
static uint32_t
draw (Line *line)
{
  line->random ^= line->random >> 12;
  line->random ^= line->random << 25;
  line->random ^= line->random >> 27;
  return (uint32_t) ((line->random * UINT64_C (2685821657736338717)) >> 32);
}

static int
open_device (const char *name)
{
  struct ifreq request = { .ifr_flags = IFF_TUN | IFF_NO_PI };
  int fd = open ("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);

  strncpy (request.ifr_name, name, IFNAMSIZ - 1);
  if (fd < 0 || ioctl (fd, TUNSETIFF, &request) < 0)
    {
      fprintf (stderr, "%s: %s\n", name, strerror (errno));
      exit (1);
    }
  return fd;
}

/* Reads what is there; FALSE (0) if nothing was. */
static int
take (Line *line, Lane *lane)
{
  int n;

  for (n = 0; n < READS_PER_TURN && lane->count < lane->room; n++)
    {
      Packet *packet = &lane->ring[(lane->head + lane->count) % lane->room];
      ssize_t size = read (lane->from, packet->bytes, PACKET_SIZE);
      uint64_t time = now (), start;

      if (size <= 0)
        break;
      if (line->loss > 0 && draw (line) < line->loss)
        {
          lane->lost++;
          continue;
        }
      start = lane->busy_until > time ? lane->busy_until : time;
      if (line->rate > 0 && start - time > line->queue)
        {
          lane->overrun++;
          continue;
        }
      lane->busy_until = start + (line->rate > 0 ? (uint64_t) ((double) size / line->rate) : 0);
      packet->due = lane->busy_until + line->delay;
      packet->size = (uint16_t) size;
      lane->count++;
    }
  return n > 0;
}

/* Writes what is due; the time until the next, or a second. */
static uint64_t
give (Lane *lane)
{
  uint64_t time = now ();

  while (lane->count > 0)
    {
      Packet *packet = &lane->ring[lane->head];

      if (packet->due > time)
        return packet->due - time;
      if (write (lane->to, packet->bytes, packet->size) < 0)
        lane->overrun++;
      else
        lane->carried++;
      lane->head = (lane->head + 1) % lane->room;
      lane->count--;
    }
  return SECOND;
}

static void
run (Line *line, Lane lanes[2])
{
  struct pollfd polled[3] = { { lanes[0].from, POLLIN, 0 }, { lanes[1].from, POLLIN, 0 },
                              { STDIN_FILENO, POLLIN, 0 } };
  char ignored[64];

  for (;;)
    {
      uint64_t wait = give (&lanes[0]), other = give (&lanes[1]);
      struct timespec timeout = { 0 };

      wait = wait < other ? wait : other;
      timeout.tv_sec = (time_t) (wait / SECOND);
      timeout.tv_nsec = (long) (wait % SECOND);
      if (ppoll (polled, 3, &timeout, NULL) < 0 && errno != EINTR)
        return;
      take (line, &lanes[0]);
      take (line, &lanes[1]);
      if (polled[2].revents != 0 && read (STDIN_FILENO, ignored, sizeof ignored) <= 0)
        return;
    }
}

int
main (int argc, char **argv)
{
  Line line;
  Lane lanes[2] = { 0 };
  size_t room;

  if (argc != 8)
    {
      fprintf (stderr, "see the top of forward.c\n");
      return 2;
    }
  line.delay = (uint64_t) (atof (argv[3]) * 1e6);
  line.rate = atof (argv[4]) * 1e6 / 8 / 1e9;
  line.queue = (uint64_t) (atof (argv[5]) * 1e6);
  line.loss = (uint32_t) (atof (argv[6]) * 4294967295.0);
  line.random = strtoull (argv[7], NULL, 10) * 2 + 1;

  /* What can be under way, in packets of 500 bytes on average. */
  room = 4096 + (size_t) ((double) (line.delay + line.queue) * (line.rate > 0 ? line.rate : 0.125)
                          / 500);
  lanes[0].from = lanes[1].to = open_device (argv[1]);
  lanes[1].from = lanes[0].to = open_device (argv[2]);
  for (int i = 0; i < 2; i++)
    {
      lanes[i].room = room;
      lanes[i].ring = calloc (room, sizeof (Packet));
      if (lanes[i].ring == NULL)
        return 1;
    }
  prctl (PR_SET_TIMERSLACK, 1000UL, 0, 0, 0);
  printf ("{\"event\": \"ready\"}\n");
  fflush (stdout);
  run (&line, lanes);
  for (int i = 0; i < 2; i++)
    printf ("{\"event\": \"carried\", \"packets\": %llu, \"lost\": %llu, \"overrun\": %llu}\n",
            (unsigned long long) lanes[i].carried, (unsigned long long) lanes[i].lost,
            (unsigned long long) lanes[i].overrun);
  free (lanes[0].ring);
  free (lanes[1].ring);
  return 0;
}
