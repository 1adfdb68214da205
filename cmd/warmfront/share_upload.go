package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"os"
	"path"
	"path/filepath"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/s3/transfermanager"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"
)

// sharedFile is one file to upload under its key.
type sharedFile struct {
	path, key string
	size      int64
}

// collectFiles lists the files named, and those below directories named, with their keys: a
// file's base name, or its path below the directory's own name. Two files that would get one
// key are an error.
func collectFiles(args []string) ([]sharedFile, error) {
	var files []sharedFile
	seen := map[string]string{}
	for _, arg := range args {
		root := filepath.Dir(filepath.Clean(arg))
		err := filepath.WalkDir(arg, func(p string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			st, err := os.Stat(p) // follows a symbolic link, as cp does
			if err != nil || !st.Mode().IsRegular() {
				return err
			}
			rel, err := filepath.Rel(root, p)
			if err != nil {
				return err
			}
			key := filepath.ToSlash(rel)
			if other, taken := seen[key]; taken {
				return fmt.Errorf("%s and %s would both be shared as %s", other, p, key)
			}
			seen[key] = p
			files = append(files, sharedFile{path: p, key: key, size: st.Size()})
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	if len(files) == 0 {
		return nil, errors.New("nothing to share: no files found")
	}
	return files, nil
}

// upload puts the files into the bucket, those already there unchanged excepted, and draws a
// progress bar if notes is a terminal.
func upload(ctx context.Context, client *s3.Client, bucket string, files []sharedFile, notes io.Writer) error {
	var output io.Writer
	if f, ok := notes.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		output = f
	}
	progress := mpb.NewWithContext(ctx, mpb.WithOutput(output), mpb.WithWidth(40))
	defer progress.Wait()
	manager := transfermanager.New(client)
	for _, file := range files {
		sum, err := fileSHA256(file.path)
		if err != nil {
			return err
		}
		same, err := uploaded(ctx, client, bucket, file, sum)
		if err != nil {
			return fmt.Errorf("%s: %w", file.key, err)
		}
		if same {
			continue
		}
		if err := uploadFile(ctx, manager, bucket, file, sum, progress); err != nil {
			return fmt.Errorf("upload %s: %w", file.path, err)
		}
		if output == nil {
			fmt.Fprintf(notes, "uploaded %s (%d bytes)\n", file.key, file.size)
		}
	}
	return nil
}

// sha256Metadata is the user metadata in which share remembers what it uploaded.
const sha256Metadata = "sha256"

func uploaded(ctx context.Context, client *s3.Client, bucket string, file sharedFile, sum string) (bool, error) {
	head, err := client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &bucket, Key: &file.key})
	if _, missing := errors.AsType[*s3types.NotFound](err); missing {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return aws.ToInt64(head.ContentLength) == file.size && head.Metadata[sha256Metadata] == sum, nil
}

func uploadFile(ctx context.Context, manager *transfermanager.Client, bucket string, file sharedFile, sum string, progress *mpb.Progress) error {
	f, err := os.Open(file.path)
	if err != nil {
		return err
	}
	defer f.Close()
	bar := progress.AddBar(file.size,
		mpb.PrependDecorators(decor.Name(file.key, decor.WCSyncSpaceR)),
		mpb.AppendDecorators(decor.CountersKibiByte("% .1f / % .1f"), decor.Percentage(decor.WCSyncSpace)))
	defer bar.Abort(false) // no effect once complete
	body, err := bar.ProxyReader(f)
	if err != nil {
		return err
	}
	contentType := mime.TypeByExtension(path.Ext(file.key))
	if contentType == "" {
		contentType = "application/octet-stream"
	}
	_, err = manager.UploadObject(ctx, &transfermanager.UploadObjectInput{
		Bucket: &bucket, Key: &file.key, Body: body, ContentType: &contentType,
		Metadata: map[string]string{sha256Metadata: sum},
	})
	if err == nil {
		bar.SetCurrent(file.size)
	}
	return err
}

func fileSHA256(name string) (string, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
