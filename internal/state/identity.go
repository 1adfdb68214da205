package state

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	clientv3 "go.etcd.io/etcd/client/v3"
)

// identify reads the cluster id, making it when the state is new, and checks the account.
func (s *Store) identify(ctx context.Context, account string) error {
	id, err := s.once(ctx, clusterKey, uuid.NewString())
	if err != nil {
		return err
	}
	s.clusterID = id
	if account == "" {
		return nil
	}
	known, err := s.once(ctx, accountKey, account)
	if err == nil && known != account {
		err = fmt.Errorf("%w: it was made for account %s, not %s", ErrAccount, known, account)
	}
	return err
}

// once writes a key unless it exists and returns its value.
func (s *Store) once(ctx context.Context, k Key, value string) (string, error) {
	resp, err := s.kv.Txn(ctx).
		If(clientv3.Compare(clientv3.CreateRevision(string(k)), "=", 0)).
		Then(clientv3.OpPut(string(k), value)).
		Else(clientv3.OpGet(string(k))).Commit()
	if err != nil {
		return "", fmt.Errorf("read %s: %w", k, reason(err))
	}
	if resp.Succeeded {
		return value, nil
	}
	return string(resp.Responses[0].GetResponseRange().Kvs[0].Value), nil
}
