//go:build linux

// Command forgetful mounts a file system that loses what was not synced when
// it is told to: a line "cut" on its standard input is the loss of power, and
// is answered with "cut" once it has happened. It holds one folder of files,
// in memory, and ends when its input does.
//
//	forgetful MOUNTPOINT SEED [lie]
//
// With "lie" it answers that it has synced and has not, so that a test can
// show that it would find a loss.
package main

import (
	"bufio"
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"syscall"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "forgetful:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) < 2 {
		return fmt.Errorf("usage: forgetful MOUNTPOINT SEED [lie]")
	}
	seed, err := strconv.ParseUint(args[1], 10, 64)
	if err != nil {
		return err
	}
	d := newDisk(seed, len(args) > 2 && args[2] == "lie")
	// The kernel caches nothing: what it kept would survive the cut.
	server, err := fs.Mount(args[0], &root{disk: d}, &fs.Options{
		MountOptions: fuse.MountOptions{Name: "forgetful", FsName: "forgetful", DisableXAttrs: true, DirectMount: true},
	})
	if err != nil {
		return err
	}
	fmt.Println("mounted")
	in := bufio.NewScanner(os.Stdin)
	for in.Scan() {
		if in.Text() == "cut" {
			d.cut()
			fmt.Println("cut")
		}
	}
	return server.Unmount()
}

// root is the folder.
type root struct {
	fs.Inode
	disk *disk
	last uint64
}

var (
	_ fs.NodeLookuper  = (*root)(nil)
	_ fs.NodeReaddirer = (*root)(nil)
	_ fs.NodeCreater   = (*root)(nil)
	_ fs.NodeUnlinker  = (*root)(nil)
	_ fs.NodeFsyncer   = (*root)(nil)
	_ fs.NodeStatfser  = (*root)(nil)
)

func (r *root) node(ctx context.Context, f *inode) *fs.Inode {
	return r.NewInode(ctx, &node{disk: r.disk, file: f}, fs.StableAttr{Mode: syscall.S_IFREG, Ino: f.number})
}

func (r *root) Lookup(ctx context.Context, name string, out *fuse.EntryOut) (*fs.Inode, syscall.Errno) {
	r.disk.mu.Lock()
	defer r.disk.mu.Unlock()
	f := r.disk.live[name]
	if f == nil {
		return nil, syscall.ENOENT
	}
	f.attributes(&out.Attr)
	return r.node(ctx, f), 0
}

func (r *root) Readdir(context.Context) (fs.DirStream, syscall.Errno) {
	r.disk.mu.Lock()
	defer r.disk.mu.Unlock()
	var entries []fuse.DirEntry
	for _, name := range slices.Sorted(maps.Keys(r.disk.live)) {
		entries = append(entries, fuse.DirEntry{Name: name, Mode: syscall.S_IFREG, Ino: r.disk.live[name].number})
	}
	return fs.NewListDirStream(entries), 0
}

func (r *root) Create(ctx context.Context, name string, _ uint32, mode uint32, out *fuse.EntryOut) (*fs.Inode, fs.FileHandle, uint32, syscall.Errno) {
	r.disk.mu.Lock()
	defer r.disk.mu.Unlock()
	r.last++
	f := &inode{number: 1000 + r.last, mode: mode & 0o777}
	r.disk.live[name] = f
	f.attributes(&out.Attr)
	return r.node(ctx, f), nil, fuse.FOPEN_DIRECT_IO, 0
}

func (r *root) Unlink(_ context.Context, name string) syscall.Errno {
	r.disk.mu.Lock()
	defer r.disk.mu.Unlock()
	if r.disk.live[name] == nil {
		return syscall.ENOENT
	}
	delete(r.disk.live, name)
	return 0
}

func (r *root) Fsync(context.Context, fs.FileHandle, uint32) syscall.Errno {
	r.disk.mu.Lock()
	defer r.disk.mu.Unlock()
	if !r.disk.lies {
		r.disk.saved = maps.Clone(r.disk.live)
	}
	return 0
}

func (r *root) Statfs(_ context.Context, out *fuse.StatfsOut) syscall.Errno {
	out.Bsize, out.Frsize, out.NameLen = 4096, 4096, 255
	out.Blocks, out.Bfree, out.Bavail = 1<<22, 1<<22, 1<<22
	return 0
}

// node is a file.
type node struct {
	fs.Inode
	disk *disk
	file *inode
}

var (
	_ fs.NodeOpener    = (*node)(nil)
	_ fs.NodeReader    = (*node)(nil)
	_ fs.NodeWriter    = (*node)(nil)
	_ fs.NodeFsyncer   = (*node)(nil)
	_ fs.NodeGetattrer = (*node)(nil)
	_ fs.NodeSetattrer = (*node)(nil)
)

func (f *inode) attributes(a *fuse.Attr) {
	a.Ino, a.Mode, a.Nlink = f.number, syscall.S_IFREG|f.mode, 1
	a.Size, a.Blocks, a.Blksize = uint64(len(f.live)), uint64(len(f.live)+511)/512, 4096
	a.Uid, a.Gid = uint32(os.Getuid()), uint32(os.Getgid())
}

func (n *node) Open(context.Context, uint32) (fs.FileHandle, uint32, syscall.Errno) {
	return nil, fuse.FOPEN_DIRECT_IO, 0
}

func (n *node) Read(_ context.Context, _ fs.FileHandle, p []byte, off int64) (fuse.ReadResult, syscall.Errno) {
	n.disk.mu.Lock()
	defer n.disk.mu.Unlock()
	if off >= int64(len(n.file.live)) {
		return fuse.ReadResultData(nil), 0
	}
	return fuse.ReadResultData(p[:copy(p, n.file.live[off:])]), 0
}

func (n *node) Write(_ context.Context, _ fs.FileHandle, p []byte, off int64) (uint32, syscall.Errno) {
	n.disk.mu.Lock()
	defer n.disk.mu.Unlock()
	n.file.change(change{off, slices.Clone(p)})
	return uint32(len(p)), 0
}

func (n *node) Fsync(context.Context, fs.FileHandle, uint32) syscall.Errno {
	n.disk.mu.Lock()
	defer n.disk.mu.Unlock()
	if !n.disk.lies {
		n.file.sync()
	}
	return 0
}

func (n *node) Getattr(_ context.Context, _ fs.FileHandle, out *fuse.AttrOut) syscall.Errno {
	n.disk.mu.Lock()
	defer n.disk.mu.Unlock()
	n.file.attributes(&out.Attr)
	return 0
}

func (n *node) Setattr(_ context.Context, _ fs.FileHandle, in *fuse.SetAttrIn, out *fuse.AttrOut) syscall.Errno {
	n.disk.mu.Lock()
	defer n.disk.mu.Unlock()
	if size, ok := in.GetSize(); ok {
		n.file.change(change{at: int64(size)})
	}
	if mode, ok := in.GetMode(); ok {
		n.file.mode = mode & 0o777
	}
	n.file.attributes(&out.Attr)
	return 0
}
